/** Checks of the manifests in {@code k8s/}: against the schemas of Kubernetes, against each other, and against the code they run. */
@NullMarked
package dev.polymath.k8s;

import org.jspecify.annotations.NullMarked;
