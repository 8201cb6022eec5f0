/** Tests of what capability services share, without Quarkus. */
@NullMarked
package dev.polymath.service;

import org.jspecify.annotations.NullMarked;
