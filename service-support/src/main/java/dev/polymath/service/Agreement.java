package dev.polymath.service;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Message;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.stream.Stream;

/**
 * How far two answers to the same request agree, 0 to 1; empty if they have nothing to compare. What stands in different results of an
 * answer, such as those of different documents, is never compared.
 */
@FunctionalInterface
public interface Agreement {
    /** Compares nothing. */
    Agreement NONE = (answer, other) -> OptionalDouble.empty();

    /** Compares two answers of one type. */
    OptionalDouble of(Message answer, Message other);

    /** The first of these that has something to compare. */
    static Agreement firstOf(Agreement... agreements) {
        return (answer, other) -> Stream.of(agreements)
                .map(agreement -> agreement.of(answer, other))
                .filter(OptionalDouble::isPresent)
                .findFirst()
                .orElse(OptionalDouble.empty());
    }

    /**
     * Of things found, each a message of this type: the F1 measure of those that have the same values in these fields; 1 if neither answer
     * has any.
     *
     * @param type full name
     */
    static Agreement ofItems(String type, String... fields) {
        return (answer, other) -> {
            if (!MessageWalk.has(answer.getDescriptorForType(), type)) {
                return OptionalDouble.empty();
            }
            Map<List<Object>, Integer> left = new HashMap<>();
            Map<List<Object>, Integer> right = new HashMap<>();
            BiConsumer<Map<List<Object>, Integer>, Message> count =
                    (counts, message) -> MessageWalk.visit(message, type, (place, item) -> {
                        List<Object> key = new ArrayList<>(List.of(place));
                        for (String field : fields) {
                            key.add(item.getField(item.getDescriptorForType().findFieldByName(field)));
                        }
                        counts.merge(key, 1, Integer::sum);
                    });
            count.accept(left, answer);
            count.accept(right, other);
            int common = left.entrySet().stream()
                    .mapToInt(entry -> Math.min(entry.getValue(), right.getOrDefault(entry.getKey(), 0)))
                    .sum();
            return OptionalDouble.of(f1(common, sum(left), sum(right)));
        };
    }

    private static int sum(Map<?, Integer> counts) {
        return counts.values().stream().mapToInt(Integer::intValue).sum();
    }

    private static double f1(int common, int left, int right) {
        return left + right == 0 ? 1 : 2.0 * common / (left + right);
    }

    /**
     * Of labels that each have a confidence, the most likely one first: the share of the results whose first one is the same.
     *
     * @param type full name of the message with the label
     */
    static Agreement ofBest(String type, String field) {
        return (answer, other) -> {
            if (!MessageWalk.has(answer.getDescriptorForType(), type)) {
                return OptionalDouble.empty();
            }
            Map<String, Object> left = best(answer, type, field);
            Map<String, Object> right = best(other, type, field);
            Set<String> places = new HashSet<>(left.keySet());
            places.addAll(right.keySet());
            return OptionalDouble.of(places.stream()
                    .mapToDouble(
                            place -> left.containsKey(place) && left.get(place).equals(right.get(place)) ? 1 : 0)
                    .average()
                    .orElse(1));
        };
    }

    private static Map<String, Object> best(Message message, String type, String field) {
        Map<String, Object> best = new LinkedHashMap<>();
        MessageWalk.visit(
                message,
                type,
                (place, item) -> best.putIfAbsent(
                        place, item.getField(item.getDescriptorForType().findFieldByName(field))));
        return best;
    }

    /**
     * Of vectors, each a list of numbers in a message of this type: the mean of their cosines, those below 0 counted as 0.
     *
     * @param type full name
     */
    static Agreement ofVectors(String type, String field) {
        return (answer, other) -> {
            List<List<?>> left = values(answer, type, field);
            List<List<?>> right = values(other, type, field);
            if (left.isEmpty() || left.size() != right.size()) {
                return OptionalDouble.empty();
            }
            double sum = 0;
            for (int i = 0; i < left.size(); i++) {
                sum += Math.max(0, cosine(left.get(i), right.get(i)));
            }
            return OptionalDouble.of(sum / left.size());
        };
    }

    private static List<List<?>> values(Message message, String type, String field) {
        List<List<?>> values = new ArrayList<>();
        MessageWalk.visit(message, type, (place, item) -> {
            Object value = item.getField(item.getDescriptorForType().findFieldByName(field));
            values.add(value instanceof List<?> list ? list : List.of(value));
        });
        return values;
    }

    private static double cosine(List<?> left, List<?> right) {
        if (left.size() != right.size()) {
            return 0; // of another model altogether
        }
        double dot = 0;
        double norms = 0;
        double otherNorms = 0;
        for (int i = 0; i < left.size(); i++) {
            double a = ((Number) left.get(i)).doubleValue();
            double b = ((Number) right.get(i)).doubleValue();
            dot += a * b;
            norms += a * a;
            otherNorms += b * b;
        }
        return norms == 0 || otherNorms == 0 ? (norms == otherNorms ? 1 : 0) : dot / Math.sqrt(norms * otherNorms);
    }

    /**
     * Of texts that were generated, each a field of a message of this type: the mean of their character n-gram F-scores as chrF has them,
     * n from 1 to 6, white space left out, precision and recall counting the same.
     *
     * @param type full name
     */
    static Agreement ofTexts(String type, String field) {
        return (answer, other) -> {
            if (!MessageWalk.has(answer.getDescriptorForType(), type)) {
                return OptionalDouble.empty();
            }
            List<List<?>> left = values(answer, type, field);
            List<List<?>> right = values(other, type, field);
            int pairs = Math.max(left.size(), right.size());
            double sum = 0;
            for (int i = 0; i < Math.min(left.size(), right.size()); i++) {
                sum += similarity(
                        left.get(i).get(0).toString(), right.get(i).get(0).toString());
            }
            return pairs == 0 ? OptionalDouble.empty() : OptionalDouble.of(sum / pairs);
        };
    }

    /** As {@link #ofTexts}, of two texts. */
    static double similarity(String left, String right) {
        String a = left.replaceAll("\\s+", "");
        String b = right.replaceAll("\\s+", "");
        if (a.equals(b)) {
            return 1;
        }
        double sum = 0;
        int orders = 0;
        for (int n = 1; n <= 6 && (n <= a.length() || n <= b.length()); n++) {
            Map<String, Integer> of = ngrams(a, n);
            Map<String, Integer> other = ngrams(b, n);
            int common = of.entrySet().stream()
                    .mapToInt(entry -> Math.min(entry.getValue(), other.getOrDefault(entry.getKey(), 0)))
                    .sum();
            sum += f1(common, sum(of), sum(other));
            orders++;
        }
        return sum / orders;
    }

    private static Map<String, Integer> ngrams(String text, int n) {
        Map<String, Integer> counts = new HashMap<>();
        for (int i = 0; i + n <= text.length(); i++) {
            counts.merge(text.substring(i, i + n), 1, Integer::sum);
        }
        return counts;
    }

    /**
     * Of objects in images, each a message of this type with a label and a box of {@code x_min}, {@code y_min}, {@code x_max} and
     * {@code y_max}: the F1 measure of those that have the same label and overlap by half or more (intersection over union).
     *
     * @param type full name
     */
    static Agreement ofBoxes(String type, String labelField, String boxField) {
        return (answer, other) -> {
            if (!MessageWalk.has(answer.getDescriptorForType(), type)) {
                return OptionalDouble.empty();
            }
            List<Box> left = boxes(answer, type, labelField, boxField);
            List<Box> right = boxes(other, type, labelField, boxField);
            List<Box> unmatched = new ArrayList<>(right);
            int common = 0;
            for (Box box : left) {
                Box best = null;
                for (Box candidate : unmatched) {
                    if (box.overlap(candidate) >= 0.5 && (best == null || box.overlap(candidate) > box.overlap(best))) {
                        best = candidate;
                    }
                }
                if (best != null) {
                    unmatched.remove(best);
                    common++;
                }
            }
            return OptionalDouble.of(f1(common, left.size(), right.size()));
        };
    }

    private static List<Box> boxes(Message message, String type, String labelField, String boxField) {
        List<Box> boxes = new ArrayList<>();
        MessageWalk.visit(message, type, (place, item) -> {
            Descriptor descriptor = item.getDescriptorForType();
            Message box = (Message) item.getField(descriptor.findFieldByName(boxField));
            boxes.add(new Box(
                    place + item.getField(descriptor.findFieldByName(labelField)),
                    side(box, "x_min"),
                    side(box, "y_min"),
                    side(box, "x_max"),
                    side(box, "y_max")));
        });
        return boxes;
    }

    private static double side(Message box, String field) {
        return ((Number) box.getField(box.getDescriptorForType().findFieldByName(field))).doubleValue();
    }

    /** A box with what must be equal to that of another. */
    record Box(String label, double left, double top, double right, double bottom) {
        /** Intersection over union; 0 if the labels differ. */
        double overlap(Box other) {
            double width = Math.min(right, other.right) - Math.max(left, other.left);
            double height = Math.min(bottom, other.bottom) - Math.max(top, other.top);
            if (!label.equals(other.label) || width <= 0 || height <= 0) {
                return 0;
            }
            double common = width * height;
            return common / (area() + other.area() - common);
        }

        private double area() {
            return (right - left) * (bottom - top);
        }
    }
}
