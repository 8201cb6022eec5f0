/** What the tests of every service need to call it. */
@NullMarked
package dev.polymath.service.testing;

import org.jspecify.annotations.NullMarked;
