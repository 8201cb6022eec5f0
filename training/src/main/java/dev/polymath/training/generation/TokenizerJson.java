package dev.polymath.training.generation;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The vocabulary as a Hugging Face {@code tokenizer.json}. */
public final class TokenizerJson {
    private static final String SPACE = Character.toString(Vocabulary.SPACE);

    private TokenizerJson() {}

    public static void write(Vocabulary vocabulary, Path file) throws IOException {
        Map<String, Integer> ids = vocabulary.ids();
        JsonObject json = new JsonObject();
        json.addProperty("version", "1.0");
        json.add("truncation", null);
        json.add("padding", null);
        json.add("added_tokens", addedTokens(vocabulary, ids));
        json.add(
                "normalizer",
                sequence(
                        "normalizers",
                        typed("NFC"),
                        replace(TextNormalizer.SPACES, " "),
                        replace(TextNormalizer.APOSTROPHES, "'")));
        JsonObject words = typed("Metaspace");
        words.addProperty("replacement", SPACE);
        words.addProperty("prepend_scheme", "first");
        words.addProperty("split", true);
        JsonObject singles = typed("Split");
        singles.add("pattern", regex(TextNormalizer.SINGLES));
        singles.addProperty("behavior", "Isolated");
        singles.addProperty("invert", false);
        json.add("pre_tokenizer", sequence("pretokenizers", words, singles));
        json.add("post_processor", template());
        JsonObject spaces = typed("Replace");
        JsonObject pattern = new JsonObject();
        pattern.addProperty("String", SPACE);
        spaces.add("pattern", pattern);
        spaces.addProperty("content", " ");
        JsonObject strip = typed("Strip");
        strip.addProperty("content", " ");
        strip.addProperty("start", 1);
        strip.addProperty("stop", 0);
        json.add("decoder", sequence("decoders", spaces, typed("ByteFallback"), typed("Fuse"), strip));
        json.add("model", model(vocabulary, ids));
        Files.writeString(
                file,
                new GsonBuilder()
                        .disableHtmlEscaping()
                        .serializeNulls()
                        .setPrettyPrinting()
                        .create()
                        .toJson(json));
    }

    /**
     * The vocabulary of a file that {@link #write} wrote.
     *
     * @throws IOException if it is another kind of tokenizer
     */
    public static Vocabulary read(Path file) throws IOException {
        try {
            JsonObject model = JsonParser.parseString(Files.readString(file))
                    .getAsJsonObject()
                    .getAsJsonObject("model");
            JsonObject vocab = model.getAsJsonObject("vocab");
            String[] tokens = new String[vocab.size()];
            vocab.entrySet().forEach(entry -> tokens[entry.getValue().getAsInt()] = entry.getKey());
            List<Vocabulary.Merge> merges = new ArrayList<>();
            for (JsonElement merge : model.getAsJsonArray("merges")) {
                String[] parts = merge.getAsString().split(" ");
                merges.add(new Vocabulary.Merge(parts[0], parts[1]));
            }
            List<String> languages = new ArrayList<>();
            for (String token : tokens) {
                if (token.matches(">>[A-Za-z0-9-]+<<")) {
                    languages.add(token.substring(2, token.length() - 2));
                }
            }
            Vocabulary vocabulary = new Vocabulary(List.of(tokens), merges, languages);
            List<String> reserved = Vocabulary.reserved(languages);
            if (vocabulary.size() < reserved.size()
                    || !vocabulary.tokens().subList(0, reserved.size()).equals(reserved)) {
                throw new IOException(file + ": another kind of vocabulary (expected: one that training learnt)");
            }
            return vocabulary;
        } catch (JsonParseException
                | IllegalStateException
                | NullPointerException
                | ClassCastException
                | IndexOutOfBoundsException e) {
            throw new IOException(file + ": not a tokenizer that training wrote", e);
        }
    }

    private static JsonArray addedTokens(Vocabulary vocabulary, Map<String, Integer> ids) {
        List<String> added = new ArrayList<>(List.of(Vocabulary.PAD, Vocabulary.END, Vocabulary.UNKNOWN));
        vocabulary.languages().forEach(language -> added.add(Vocabulary.target(language)));
        int special = added.size();
        for (int i = 0; i < Vocabulary.PLACEHOLDERS; i++) {
            added.add(Vocabulary.placeholder(i));
        }
        JsonArray array = new JsonArray();
        for (int i = 0; i < added.size(); i++) {
            JsonObject token = new JsonObject();
            token.addProperty("id", ids.get(added.get(i)));
            token.addProperty("content", added.get(i));
            token.addProperty("single_word", false);
            token.addProperty("lstrip", false);
            token.addProperty("rstrip", false);
            token.addProperty("normalized", false);
            // what is special is left out of decoded text, and placeholders must stay
            token.addProperty("special", i < special);
            array.add(token);
        }
        return array;
    }

    private static JsonObject template() {
        JsonArray single = new JsonArray();
        single.add(part("Sequence", "A"));
        single.add(part("SpecialToken", Vocabulary.END));
        JsonArray pair = single.deepCopy();
        pair.add(part("Sequence", "B"));
        pair.add(part("SpecialToken", Vocabulary.END));
        JsonObject end = new JsonObject();
        end.addProperty("id", Vocabulary.END);
        end.add("ids", array(Vocabulary.END_ID));
        JsonArray tokens = new JsonArray();
        tokens.add(Vocabulary.END);
        end.add("tokens", tokens);
        JsonObject special = new JsonObject();
        special.add(Vocabulary.END, end);
        JsonObject template = typed("TemplateProcessing");
        template.add("single", single);
        template.add("pair", pair);
        template.add("special_tokens", special);
        return template;
    }

    private static JsonArray array(Number value) {
        JsonArray array = new JsonArray();
        array.add(value);
        return array;
    }

    private static JsonObject part(String kind, String id) {
        JsonObject content = new JsonObject();
        content.addProperty("id", id);
        content.addProperty("type_id", 0);
        JsonObject part = new JsonObject();
        part.add(kind, content);
        return part;
    }

    private static JsonObject model(Vocabulary vocabulary, Map<String, Integer> ids) {
        JsonObject model = typed("BPE");
        model.add("dropout", null);
        model.addProperty("unk_token", Vocabulary.UNKNOWN);
        model.add("continuing_subword_prefix", null);
        model.add("end_of_word_suffix", null);
        model.addProperty("fuse_unk", false);
        model.addProperty("byte_fallback", true);
        model.addProperty("ignore_merges", false);
        JsonObject vocab = new JsonObject();
        ids.forEach(vocab::addProperty);
        model.add("vocab", vocab);
        JsonArray merges = new JsonArray();
        vocabulary.merges().forEach(merge -> merges.add(merge.left() + " " + merge.right()));
        model.add("merges", merges);
        return model;
    }

    private static JsonObject replace(String pattern, String content) {
        JsonObject replace = typed("Replace");
        replace.add("pattern", regex(pattern));
        replace.addProperty("content", content);
        return replace;
    }

    private static JsonObject regex(String pattern) {
        JsonObject regex = new JsonObject();
        regex.addProperty("Regex", pattern);
        return regex;
    }

    private static JsonObject sequence(String name, JsonObject... parts) {
        JsonArray array = new JsonArray();
        for (JsonObject part : parts) {
            array.add(part);
        }
        JsonObject sequence = typed("Sequence");
        sequence.add(name, array);
        return sequence;
    }

    private static JsonObject typed(String type) {
        JsonObject object = new JsonObject();
        object.addProperty("type", type);
        return object;
    }
}
