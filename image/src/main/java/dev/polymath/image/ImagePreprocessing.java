package dev.polymath.image;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * How a model wants its pixels: resized to a fixed size, as three planes of {@code pixel * scale + offset}, where a pixel is 0
 * to 255. It is what preprocessor_config.json of Hugging Face says.
 *
 * @param width of what the model reads, in pixels
 * @param height of what the model reads, in pixels
 * @param fit how an image of another shape gets this one
 * @param shortestEdge for {@link Fit#CROP_CENTER} the pixels of the shorter side of the image before the middle is cut out of
 *     it, at least the larger of width and height; otherwise not used
 * @param padValue 0 to 255, of all three colours where a letterbox has no image
 * @param bgr whether the planes are blue, green, red; otherwise red, green, blue
 * @param scale of each plane
 * @param offset of each plane
 */
public record ImagePreprocessing(
        int width, int height, Fit fit, int shortestEdge, int padValue, boolean bgr, float[] scale, float[] offset) {
    /** How an image of another shape is made to fit. */
    public enum Fit {
        /** Both sides are resized, whatever becomes of the proportions. */
        STRETCH,
        /** All of the image in its proportions at the top left, the rest is padding. */
        LETTERBOX_TOP_LEFT,
        /** All of the image in its proportions in the middle, padding at two sides. */
        LETTERBOX_CENTER,
        /** The middle of the image in its proportions; what is outside is not read. */
        CROP_CENTER
    }

    private static final int LARGEST = 8192;

    public ImagePreprocessing {
        RgbImage.require(width >= 1 && width <= LARGEST, "width", width, "1 to " + LARGEST);
        RgbImage.require(height >= 1 && height <= LARGEST, "height", height, "1 to " + LARGEST);
        RgbImage.require(
                fit != Fit.CROP_CENTER || shortestEdge >= Math.max(width, height) && shortestEdge <= LARGEST,
                "shortestEdge",
                shortestEdge,
                Math.max(width, height) + " to " + LARGEST);
        RgbImage.require(padValue >= 0 && padValue <= 255, "padValue", padValue, "0 to 255");
        scale = three("scale", scale);
        offset = three("offset", offset);
    }

    /** With a crop, if any, that takes the shorter side of the image whole. */
    public ImagePreprocessing(
            int width, int height, Fit fit, int padValue, boolean bgr, float[] scale, float[] offset) {
        this(width, height, fit, Math.max(width, height), padValue, bgr, scale, offset);
    }

    /** The number of values that {@link #apply} writes. */
    public int size() {
        return 3 * width * height;
    }

    /** The side for {@link ImageDecoder#decode(byte[], int)}: from a smaller image this would have to invent pixels. */
    public int minSide() {
        return fit == Fit.CROP_CENTER ? shortestEdge : Math.max(width, height);
    }

    /**
     * Resizes an image and writes its planes, row by row.
     *
     * @param planes where {@link #size} values are written
     * @param offset index of the first
     * @return where the image lies in them
     */
    public Placement apply(RgbImage image, float[] planes, int offset) {
        RgbImage.require(
                offset >= 0 && offset <= planes.length - size(),
                "offset",
                offset,
                "room for " + size() + " values in " + planes.length);
        double w = image.width();
        double h = image.height();
        return switch (fit) {
            case STRETCH -> {
                write(image, 0, 0, w, h, 0, 0, width, height, planes, offset);
                yield placement(w, h, width, height, 0, 0);
            }
            case LETTERBOX_TOP_LEFT, LETTERBOX_CENTER -> {
                double ratio = Math.min(width / w, height / h);
                int innerWidth = Math.max(1, (int) (w * ratio + 1e-6));
                int innerHeight = Math.max(1, (int) (h * ratio + 1e-6));
                boolean centred = fit == Fit.LETTERBOX_CENTER;
                int left = centred ? (width - innerWidth) / 2 : 0;
                int top = centred ? (height - innerHeight) / 2 : 0;
                if (innerWidth < width || innerHeight < height) {
                    pad(planes, offset);
                }
                write(image, 0, 0, w, h, left, top, innerWidth, innerHeight, planes, offset);
                yield placement(w, h, innerWidth, innerHeight, left, top);
            }
            case CROP_CENTER -> {
                double ratio = shortestEdge / Math.min(w, h);
                int wholeWidth = (int) (w * ratio + 1e-6);
                int wholeHeight = (int) (h * ratio + 1e-6);
                int left = (wholeWidth - width) / 2;
                int top = (wholeHeight - height) / 2;
                double x = w / wholeWidth;
                double y = h / wholeHeight;
                write(image, left * x, top * y, width * x, height * y, 0, 0, width, height, planes, offset);
                yield placement(w, h, wholeWidth, wholeHeight, -left, -top);
            }
        };
    }

    /**
     * Reads preprocessor_config.json: {@code size} or {@code crop_size}, {@code do_center_crop}, {@code do_rescale},
     * {@code do_normalize}, {@code do_flip_channel_order} and {@code do_pad} with what belongs to them, and of our own
     * {@code pad_value} (0 by default) and {@code pad_position}, {@code top_left} (the default) or {@code center}.
     *
     * @throws IllegalArgumentException if it says something that is not understood
     * @throws UncheckedIOException if it cannot be read
     */
    public static ImagePreprocessing read(Path preprocessorConfigJson) {
        try (Reader reader = Files.newBufferedReader(preprocessorConfigJson)) {
            return of(JsonParser.parseReader(reader).getAsJsonObject());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (JsonParseException | IllegalStateException | UnsupportedOperationException | ClassCastException e) {
            throw new IllegalArgumentException(
                    preprocessorConfigJson + ": not the preprocessor_config.json of an image model", e);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(preprocessorConfigJson + ": " + e.getMessage(), e);
        }
    }

    /** What preprocessor_config.json has for this. */
    public JsonObject toJson() {
        JsonObject json = new JsonObject();
        json.addProperty("do_resize", true);
        // bilinear
        json.addProperty("resample", 2);
        if (fit == Fit.CROP_CENTER) {
            JsonObject edge = new JsonObject();
            edge.addProperty("shortest_edge", shortestEdge);
            json.add("size", edge);
            json.add("crop_size", size(width, height));
        } else {
            json.add("size", size(width, height));
        }
        json.addProperty("do_center_crop", fit == Fit.CROP_CENTER);
        boolean letterbox = fit == Fit.LETTERBOX_CENTER || fit == Fit.LETTERBOX_TOP_LEFT;
        json.addProperty("do_pad", letterbox);
        if (letterbox) {
            json.add("pad_size", size(width, height));
            json.addProperty("pad_value", padValue);
            json.addProperty("pad_position", fit == Fit.LETTERBOX_CENTER ? "center" : "top_left");
        }
        json.addProperty("do_flip_channel_order", bgr);
        boolean plain = Arrays.equals(scale, new float[] {1, 1, 1}) && Arrays.equals(offset, new float[3]);
        json.addProperty("do_rescale", !plain);
        json.addProperty("do_normalize", !plain);
        if (!plain) {
            double rescale = 1 / 255.0;
            JsonArray mean = new JsonArray();
            JsonArray std = new JsonArray();
            for (int c = 0; c < 3; c++) {
                // the file has them in the order red, green, blue
                int plane = bgr ? 2 - c : c;
                std.add(rescale / scale[plane]);
                mean.add(-offset[plane] * rescale / scale[plane]);
            }
            json.addProperty("rescale_factor", rescale);
            json.add("image_mean", mean);
            json.add("image_std", std);
        }
        return json;
    }

    private static ImagePreprocessing of(JsonObject json) {
        boolean bgr = is(json, "do_flip_channel_order", false);
        double rescale = is(json, "do_rescale", true) ? number(json, "rescale_factor", 1 / 255.0) : 1;
        boolean normalize = is(json, "do_normalize", json.has("image_mean"));
        double[] mean = normalize ? three(json, "image_mean") : new double[3];
        double[] std = normalize ? three(json, "image_std") : new double[] {1, 1, 1};
        float[] scale = new float[3];
        float[] offset = new float[3];
        for (int c = 0; c < 3; c++) {
            int plane = bgr ? 2 - c : c;
            RgbImage.require(std[c] > 0, "image_std", std[c], "> 0");
            scale[plane] = (float) (rescale / std[c]);
            // not -0
            offset[plane] = (float) ((0 - mean[c]) / std[c]);
        }
        JsonObject size = json.has("size") ? square(json.get("size"), "size") : new JsonObject();
        int shortest = (int) number(size, "shortest_edge", 0);
        if (is(json, "do_center_crop", false)) {
            JsonObject crop = json.has("crop_size") ? square(json.get("crop_size"), "crop_size") : size;
            int width = side(crop, "width", "crop_size");
            int height = side(crop, "height", "crop_size");
            int edge = shortest > 0
                    ? shortest
                    : Math.min((int) number(size, "width", width), (int) number(size, "height", height));
            return new ImagePreprocessing(width, height, Fit.CROP_CENTER, edge, 0, bgr, scale, offset);
        }
        boolean pad = is(json, "do_pad", false);
        if (pad && json.has("pad_size") && !json.get("pad_size").isJsonNull()) {
            size = square(json.get("pad_size"), "pad_size");
        } else if (pad && size.has("longest_edge")) {
            size = square(size.get("longest_edge"), "size");
        }
        Fit fit = Fit.STRETCH;
        if (pad) {
            String position =
                    json.has("pad_position") ? json.get("pad_position").getAsString() : "top_left";
            fit = switch (position) {
                case "top_left" -> Fit.LETTERBOX_TOP_LEFT;
                case "center" -> Fit.LETTERBOX_CENTER;
                default ->
                    throw new IllegalArgumentException("pad_position: " + position + " (expected: top_left, center)");
            };
        }
        if (!pad && shortest > 0 && !size.has("height")) {
            // without a crop the shape would be that of the image: all of it, at one size
            size = square(size.get("shortest_edge"), "size");
        }
        return new ImagePreprocessing(
                side(size, "width", "size"),
                side(size, "height", "size"),
                fit,
                (int) number(json, "pad_value", 0),
                bgr,
                scale,
                offset);
    }

    private void write(
            RgbImage image,
            double x,
            double y,
            double w,
            double h,
            int left,
            int top,
            int innerWidth,
            int innerHeight,
            float[] planes,
            int begin) {
        int plane = width * height;
        int red = begin + (bgr ? 2 * plane : 0);
        int green = begin + plane;
        int blue = begin + (bgr ? 0 : 2 * plane);
        float redScale = scale[bgr ? 2 : 0];
        float blueScale = scale[bgr ? 0 : 2];
        float redOffset = offset[bgr ? 2 : 0];
        float blueOffset = offset[bgr ? 0 : 2];
        Resampling.resize(image, x, y, w, h, innerWidth, innerHeight, (row, rgb) -> {
            int at = (top + row) * width + left;
            for (int i = 0, p = 0; i < innerWidth; i++, p += 3) {
                planes[red + at + i] = rgb[p] * redScale + redOffset;
                planes[green + at + i] = rgb[p + 1] * scale[1] + offset[1];
                planes[blue + at + i] = rgb[p + 2] * blueScale + blueOffset;
            }
        });
    }

    private void pad(float[] planes, int begin) {
        int plane = width * height;
        for (int c = 0; c < 3; c++) {
            Arrays.fill(planes, begin + c * plane, begin + (c + 1) * plane, padValue * scale[c] + offset[c]);
        }
    }

    private static Placement placement(double w, double h, int newWidth, int newHeight, int left, int top) {
        return new Placement((float) (newWidth / w), (float) (newHeight / h), left, top);
    }

    private static JsonObject size(int width, int height) {
        JsonObject size = new JsonObject();
        size.addProperty("height", height);
        size.addProperty("width", width);
        return size;
    }

    /** A size, which may be one number. */
    private static JsonObject square(JsonElement size, String name) {
        if (size.isJsonPrimitive()) {
            return size(size.getAsInt(), size.getAsInt());
        }
        RgbImage.require(size.isJsonObject(), name, size, "{\"height\": ..., \"width\": ...}");
        return size.getAsJsonObject();
    }

    private static int side(JsonObject size, String side, String name) {
        RgbImage.require(size.has(side), name, size, "height and width");
        return size.get(side).getAsInt();
    }

    private static boolean is(JsonObject json, String name, boolean fallback) {
        return json.has(name) && !json.get(name).isJsonNull() ? json.get(name).getAsBoolean() : fallback;
    }

    private static double number(JsonObject json, String name, double fallback) {
        return json.has(name) && !json.get(name).isJsonNull() ? json.get(name).getAsDouble() : fallback;
    }

    private static double[] three(JsonObject json, String name) {
        RgbImage.require(json.has(name) && json.get(name).isJsonArray(), name, json.get(name), "three numbers");
        JsonArray array = json.getAsJsonArray(name);
        RgbImage.require(array.size() == 3, name, array, "three numbers");
        double[] three = new double[3];
        for (int c = 0; c < 3; c++) {
            three[c] = array.get(c).getAsDouble();
        }
        return three;
    }

    private static float[] three(String name, float[] values) {
        RgbImage.require(values.length == 3, name, Arrays.toString(values), "three numbers");
        for (float value : values) {
            RgbImage.require(Float.isFinite(value), name, value, "a number");
        }
        return values.clone();
    }
}
