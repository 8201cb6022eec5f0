@NullMarked
package dev.polymath.translation;

import org.jspecify.annotations.NullMarked;
