package dev.polymath.ner;

import java.util.regex.Pattern;

/** How an entity is replaced. */
public sealed interface Redaction {
    /** One extended grapheme cluster, what a reader sees as a character. */
    Pattern GRAPHEME = Pattern.compile("\\X");

    /**
     * Each grapheme cluster is replaced by the mask.
     *
     * @param character one grapheme cluster; empty means {@code *}
     * @param visibleSuffix how many grapheme clusters at the end stay, 0 or more
     */
    record CharacterMask(String character, int visibleSuffix) implements Redaction {
        private static final int LONGEST_MASK = 32;

        /**
         * @throws dev.polymath.inference.InferenceException INVALID_INPUT, naming the component in the metadata's
         *     {@code field}
         */
        public CharacterMask {
            if (character.isEmpty()) {
                character = "*";
            }
            if (character.length() > LONGEST_MASK
                    || !GRAPHEME.matcher(character).matches()) {
                throw InvalidInput.of("character", character.length() + " UTF-16 code units", "one grapheme cluster");
            }
            if (visibleSuffix < 0) {
                throw InvalidInput.of("visible_suffix", Integer.toString(visibleSuffix), ">= 0");
            }
        }
    }

    /** The entity is replaced by its type and a number, the same for the same entity of a document. */
    record EntityLabel() implements Redaction {}

    /**
     * The entity is replaced by the first 16 hexadecimal digits of HMAC-SHA-256 (RFC 2104) of its normal form.
     *
     * @param salt the key, at least {@value #SHORTEST_SALT} characters; never part of a message
     */
    record SaltedHash(String salt) implements Redaction {
        static final int SHORTEST_SALT = 8;

        /** @throws dev.polymath.inference.InferenceException INVALID_INPUT if the salt is too short */
        public SaltedHash {
            int length = salt.codePointCount(0, salt.length());
            if (length < SHORTEST_SALT) {
                throw InvalidInput.of("salt", length + " characters", ">= " + SHORTEST_SALT);
            }
        }

        @Override
        public String toString() {
            return "SaltedHash[]";
        }
    }

    /** The entity is removed, and one of the two spaces that would be left around it. */
    record Removal() implements Redaction {}
}
