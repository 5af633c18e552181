/// # The image, and what runs it
///
/// In: the files of `docker/`. [DockerfileTest], [ComposeFileTest] and [KubernetesFilesTest] read them as they stand, and need nothing; [ImageIT] and [ComposeIT] build
/// and start them with a container engine, and run under the profile `containers` only.
@NullMarked
package io.shardgate.image;

import org.jspecify.annotations.NullMarked;
