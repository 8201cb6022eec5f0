package dev.polymath.ner;

import dev.polymath.ner.RedactedText.RedactedEntity;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.MatchResult;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Replaces entities in texts. Two entities are the same if they have the same type and the same normal form: the value, or
 * where there is none the text in Unicode form C and lower case, with single spaces. Stateless, thread-safe.
 */
public final class EntityRedactor {
    private static final String HMAC = "HmacSHA256";
    private static final int HASH_BYTES = 8;

    private final RedactionPolicy policy;

    public EntityRedactor(RedactionPolicy policy) {
        this.policy = policy;
    }

    /**
     * @param text the document
     * @param entities of the document, in the order of the text, without overlaps
     */
    public RedactedText redact(String text, List<Entity> entities) {
        StringBuilder redacted = new StringBuilder(text.length());
        List<RedactedEntity> redactions = new ArrayList<>();
        Map<String, Map<String, Integer>> numbers = new HashMap<>();
        int done = 0;
        for (Entity entity : entities) {
            redacted.append(text, done, entity.begin());
            done = entity.end();
            Redaction redaction = policy.redaction(entity.type());
            String replacement;
            if (redaction instanceof Redaction.CharacterMask mask) {
                replacement = masked(entity.text(), mask);
            } else if (redaction instanceof Redaction.SaltedHash hash) {
                replacement = hashed(normalForm(entity), hash.salt());
            } else if (redaction instanceof Redaction.Removal) {
                replacement = "";
                boolean spaceBefore = redacted.length() > 0 && isSpace(redacted.charAt(redacted.length() - 1));
                if (spaceBefore && done < text.length() && isSpace(text.charAt(done))) {
                    done++;
                }
            } else {
                Map<String, Integer> ofType = numbers.computeIfAbsent(entity.type(), type -> new HashMap<>());
                int number = ofType.computeIfAbsent(normalForm(entity), form -> ofType.size() + 1);
                replacement = "[" + entity.type() + "_" + number + "]";
            }
            int begin = redacted.length();
            redacted.append(replacement);
            redactions.add(new RedactedEntity(entity, replacement, begin, redacted.length()));
        }
        return new RedactedText(redacted.append(text, done, text.length()).toString(), redactions);
    }

    private static boolean isSpace(char c) {
        return Character.isSpaceChar(c);
    }

    private static String masked(String text, Redaction.CharacterMask mask) {
        List<MatchResult> graphemes = Redaction.GRAPHEME.matcher(text).results().toList();
        int hidden = Math.max(0, graphemes.size() - mask.visibleSuffix());
        int visible = hidden == graphemes.size()
                ? text.length()
                : graphemes.get(hidden).start();
        return mask.character().repeat(hidden) + text.substring(visible);
    }

    private static String normalForm(Entity entity) {
        return entity.value().isEmpty()
                ? Normalizer.normalize(entity.text(), Normalizer.Form.NFC)
                        .toLowerCase(Locale.ROOT)
                        .strip()
                        .replaceAll("[\\s\\h]+", " ")
                : entity.value();
    }

    private static String hashed(String normalForm, String salt) {
        try {
            Mac mac = Mac.getInstance(HMAC);
            mac.init(new SecretKeySpec(salt.getBytes(StandardCharsets.UTF_8), HMAC));
            return HexFormat.of().formatHex(mac.doFinal(normalForm.getBytes(StandardCharsets.UTF_8)), 0, HASH_BYTES);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has " + HMAC, e);
        }
    }
}
