@NullMarked
package dev.polymath.image;

import org.jspecify.annotations.NullMarked;
