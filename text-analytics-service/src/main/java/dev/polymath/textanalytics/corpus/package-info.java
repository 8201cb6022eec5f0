/**
 * What a whole collection of texts is about, in memory that does not grow with the length of the texts: themes,
 * near-duplicates, outliers, key phrases and counts. Knows no model, no service and no wire type: vectors and labels come
 * with each document.
 */
@NullMarked
package dev.polymath.textanalytics.corpus;

import org.jspecify.annotations.NullMarked;
