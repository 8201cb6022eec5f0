/**
 * What of a text or file is language, and how it is put back: plain text, HTML, Markdown, subtitles, properties. Knows no
 * model and no language.
 */
@NullMarked
package dev.polymath.translation.format;

import org.jspecify.annotations.NullMarked;
