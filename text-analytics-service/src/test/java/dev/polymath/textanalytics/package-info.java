@NullMarked
package dev.polymath.textanalytics;

import org.jspecify.annotations.NullMarked;
