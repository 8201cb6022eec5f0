package dev.polymath.training.vision;

import dev.polymath.training.BadDataException;
import dev.polymath.training.DataObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Where the pictures of a data file are. Immutable. */
public record ImageFolder(List<Path> folders) {
    private static final List<String> NAMES = List.of("images", "JPEGImages");

    /**
     * @param data the file, or folder of files, that names the pictures
     * @param folder given; null: beside the data, in a folder {@code images} or {@code JPEGImages} there, or with the data
     * @throws NoSuchFileException if it is given and not there
     */
    public static ImageFolder of(Path data, @Nullable Path folder) throws IOException {
        if (folder != null) {
            if (!Files.isDirectory(folder)) {
                throw new NoSuchFileException(folder.toString(), null, "no such folder of pictures");
            }
            return new ImageFolder(List.of(folder));
        }
        Path absolute = data.toAbsolutePath().normalize();
        Path beside = absolute.getParent() == null ? absolute : absolute.getParent();
        Path within = Files.isDirectory(absolute) ? absolute : beside;
        return new ImageFolder(List.of(
                beside.resolve(NAMES.get(0)),
                beside.resolve(NAMES.get(1)),
                within.resolve(NAMES.get(0)),
                within,
                beside));
    }

    /**
     * The file of the picture that a field names.
     *
     * @throws BadDataException if it is not there
     */
    public Path find(DataObject json, String key) {
        return find(json.file(), json.position() + "." + key, json.string(key));
    }

    /**
     * The file of the picture with a name.
     *
     * @param data file that names it
     * @param position where in that file
     * @throws BadDataException if it is not there
     */
    public Path find(Path data, String position, String name) {
        try {
            for (Path folder : folders) {
                Path file = folder.resolve(name);
                if (Files.isRegularFile(file)) {
                    return file;
                }
            }
        } catch (InvalidPathException e) {
            throw new BadDataException(data, position, name + ": not the name of a file");
        }
        throw new BadDataException(
                data, position, name + ": no such picture (expected: in " + folders.get(0) + "; --images says where)");
    }
}
