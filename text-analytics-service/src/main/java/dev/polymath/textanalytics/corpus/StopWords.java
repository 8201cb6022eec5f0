package dev.polymath.textanalytics.corpus;

import java.util.Locale;
import java.util.Set;

/** English words that say how a sentence is built and not what it is about. Thread-safe. */
final class StopWords {
    private static final Set<String> ENGLISH = Set.of("""
            a about above across actually after again against ago ain't all almost alone along already also although always
            am among an and another any anybody anyone anything anyway anywhere are aren't around as at away
            back be became because become becomes been before behind being below beneath beside besides between beyond both
            but by can can't cannot could couldn't did didn't do does doesn't doing don't done down during
            each either else enough especially etc even ever every everybody everyone everything everywhere except
            few for from further furthermore get gets getting give given go goes going gone got
            had hadn't has hasn't have haven't having he he'd he'll he's hello hence her here here's hers herself hi him himself
            his how how's however i i'd i'll i'm i've ie eg if in indeed inside instead into is isn't it it'd it'll it's its
            itself just keep keeps kind knew know known knows last later least less let let's like likely look looking made
            mainly make makes making many may maybe me mean meanwhile might mightn't mine more moreover most mostly much must
            mustn't my myself namely near nearly need needs neither never nevertheless next no nobody none nor not nothing now
            nowhere of off often oh ok okay on once one ones only onto or other others otherwise ought our ours ourselves out
            outside over own per perhaps please put quite rather really said same saw say saying says see seem seemed seems
            seen several shall shan't she she'd she'll she's should shouldn't since so some somebody somehow someone something
            sometime sometimes somewhat somewhere soon still such take taken takes taking tell than thank thanks that that'd
            that'll that's the their theirs them themselves then there there's thereby therefore these they they'd they'll
            they're they've thing things think this those though through throughout thus till to together too took toward
            towards tried tries try trying under unless unlike until unto up upon us use used uses using usually various very
            via want wanted wants was wasn't way we we'd we'll we're we've well went were weren't what what's whatever when
            when's whenever where where's whereas wherever whether which whichever while who who's whoever whole whom whose
            why why's will with within without won't would wouldn't yes yet you you'd you'll you're you've your yours yourself
            yourselves
            """.trim().split("\\s+"));

    private StopWords() {}

    /** Whether {@code word}, in any case of letters and with either apostrophe, is a stop word. */
    static boolean contains(String word) {
        return ENGLISH.contains(word.toLowerCase(Locale.ROOT).replace('’', '\''));
    }
}
