@NullMarked
package dev.polymath.translation.format;

import org.jspecify.annotations.NullMarked;
