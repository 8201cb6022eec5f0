@NullMarked
package dev.polymath.admin;

import org.jspecify.annotations.NullMarked;
