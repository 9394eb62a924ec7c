import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * A matching engine that shares no line with the project's own: the part of docs/engine.md that a load needs.
 * It has no Kafka client and keeps no log: nothing in the lab's verdicts depends on either.
 */
public final class Engine {
    private static final int WORKERS = 4;

    private final String shard;
    private final Map<String, Book> books = new HashMap<>();
    private final Metrics metrics = new Metrics();
    private final ExecutorService matcher = Executors.newSingleThreadExecutor();

    private Engine(String shard, List<String> symbols) {
        this.shard = shard;
        symbols.forEach(symbol -> books.put(symbol, new Book()));
    }

    public static void main(String[] arguments) throws IOException {
        // Else an answer waits for the client's acknowledgement of its headers: 40 ms.
        System.setProperty("sun.net.httpserver.nodelay", "true");
        String symbols = setting("SHARD_SYMBOLS", "TEST-ASSET-A,TEST-ASSET-B,TEST-ASSET-C,TEST-ASSET-D");
        Engine engine = new Engine(setting("SHARD_ID", "a"), Arrays.asList(symbols.split(",")));
        HttpServer orders = listen(setting("HTTP_PORT", "8080"));
        orders.createContext("/orders", exchange -> engine.answer(exchange, engine::place));
        orders.createContext("/seed", exchange -> engine.answer(exchange, engine::seed));
        orders.createContext("/health", exchange ->
            reply(exchange, 200, "{\"status\":\"UP\",\"shardId\":\"%s\"}".formatted(engine.shard)));
        HttpServer scraped = listen(setting("METRICS_PORT", "9091"));
        scraped.createContext("/metrics", exchange -> reply(exchange, 200, engine.metrics.text(engine.shard)));
        orders.start();
        scraped.start();
    }

    private interface Handler {
        String answer(List<Order> orders);
    }

    private void answer(HttpExchange exchange, Handler handler) throws IOException {
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        if (!exchange.getRequestMethod().equals("POST")) {
            reply(exchange, 405, "{\"error\":\"Method not allowed\"}");
            return;
        }
        try {
            List<Order> orders = Order.parse(body);
            for (Order order : orders) {
                if (!books.containsKey(order.symbol())) {
                    throw new IllegalArgumentException("Unknown symbol: " + order.symbol());
                }
            }
            reply(exchange, 200, handler.answer(orders));
        } catch (IllegalArgumentException error) {
            reply(exchange, 400, "{\"status\":\"REJECTED\",\"reason\":\"%s\"}".formatted(error.getMessage()));
        }
    }

    private String place(List<Order> orders) {
        if (orders.size() != 1) {
            throw new IllegalArgumentException("one order is taken at a time");
        }
        Order order = orders.get(0);
        (order.buys() ? metrics.buys : metrics.sells).increment();
        matcher.execute(() -> match(order));
        return "{\"status\":\"ACCEPTED\",\"orderId\":\"%s\",\"shardId\":\"%s\",\"timestamp\":%d}"
            .formatted(order.id(), shard, System.currentTimeMillis());
    }

    private String seed(List<Order> orders) {
        matcher.execute(() -> {
            orders.forEach(order -> books.get(order.symbol()).rest(order));
            measureDepth();
        });
        return "{\"seeded\":%d}".formatted(orders.size());
    }

    private void match(Order order) {
        metrics.matches.add(books.get(order.symbol()).match(order));
        metrics.matchTook(System.nanoTime() - order.received());
        measureDepth();
    }

    private void measureDepth() {
        metrics.bids = books.values().stream().mapToLong(book -> book.depth(true)).sum();
        metrics.asks = books.values().stream().mapToLong(book -> book.depth(false)).sum();
    }

    private static HttpServer listen(String port) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(Integer.parseInt(port)), 0);
        server.setExecutor(Executors.newFixedThreadPool(WORKERS));
        return server;
    }

    private static void reply(HttpExchange exchange, int status, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", text.startsWith("{") ? "application/json" : "text/plain");
        exchange.sendResponseHeaders(status, bytes.length);
        try (var stream = exchange.getResponseBody()) {
            stream.write(bytes);
        }
    }

    private static String setting(String name, String otherwise) {
        return System.getenv().getOrDefault(name, otherwise);
    }
}
