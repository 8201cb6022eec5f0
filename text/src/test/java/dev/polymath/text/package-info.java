/** Tests of the package; no network, no files but their own. */
@NullMarked
package dev.polymath.text;

import org.jspecify.annotations.NullMarked;
