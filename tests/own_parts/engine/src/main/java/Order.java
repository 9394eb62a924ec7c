import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** One order; what the price counts in is cents, when it was received is {@link System#nanoTime()}. */
record Order(String id, String symbol, boolean buys, long price, long quantity, long received) {
    private static final Pattern OBJECT = Pattern.compile("\\{[^{}]*\\}");
    private static final Pattern FIELD = Pattern.compile("\"(\\w+)\"\\s*:\\s*(?:\"([^\"]*)\"|(-?\\d+))");

    /** All flat JSON objects of a text: an order's body is one, a seed's has many. */
    static List<Order> parse(String text) {
        List<Order> orders = new ArrayList<>();
        long received = System.nanoTime();
        for (Matcher object = OBJECT.matcher(text); object.find(); ) {
            orders.add(one(object.group(), received));
        }
        return orders;
    }

    private static Order one(String object, long received) {
        String id = null, symbol = null, side = "";
        long price = 0, quantity = 0;
        for (Matcher field = FIELD.matcher(object); field.find(); ) {
            switch (field.group(1)) {
                case "orderId" -> id = field.group(2);
                case "symbol" -> symbol = field.group(2);
                case "side" -> side = String.valueOf(field.group(2)).toUpperCase();
                case "price" -> price = number(field);
                case "quantity" -> quantity = number(field);
                default -> { }
            }
        }
        if (id == null || symbol == null || !side.matches("BUY|SELL") || price <= 0 || quantity <= 0) {
            throw new IllegalArgumentException("not an order: " + object.replace('"', '\''));
        }
        return new Order(id, symbol, side.equals("BUY"), price, quantity, received);
    }

    private static long number(Matcher field) {
        return field.group(3) == null ? 0 : Long.parseLong(field.group(3));
    }

    Order less(long taken) {
        return new Order(id, symbol, buys, price, quantity - taken, received);
    }
}
