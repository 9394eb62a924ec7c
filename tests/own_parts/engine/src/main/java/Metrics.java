import java.util.concurrent.atomic.LongAdder;

/** What Prometheus scrapes, under the names of docs/engine.md. */
final class Metrics {
    private static final double[] BOUNDS = {.001, .005, .01, .025, .05, .1, .2, .5, 1};

    private final LongAdder[] buckets = new LongAdder[BOUNDS.length + 1];
    private final LongAdder nanoseconds = new LongAdder();
    final LongAdder matches = new LongAdder();
    final LongAdder buys = new LongAdder();
    final LongAdder sells = new LongAdder();
    volatile long bids;
    volatile long asks;

    Metrics() {
        for (int bucket = 0; bucket < buckets.length; bucket++) {
            buckets[bucket] = new LongAdder();
        }
    }

    void matchTook(long nanos) {
        int bucket = 0;
        while (bucket < BOUNDS.length && nanos > BOUNDS[bucket] * 1e9) {
            bucket++;
        }
        buckets[bucket].increment();
        nanoseconds.add(nanos);
    }

    String text(String shard) {
        StringBuilder text = new StringBuilder();
        text.append("# TYPE me_match_duration_seconds histogram\n");
        long count = 0;
        for (int bucket = 0; bucket < buckets.length; bucket++) {
            count += buckets[bucket].sum();
            Object bound = bucket < BOUNDS.length ? BOUNDS[bucket] : "+Inf";
            line(text, "me_match_duration_seconds_bucket", shard, "le", bound, count);
        }
        text.append("me_match_duration_seconds_sum{shard=\"%s\"} %s\n".formatted(shard, nanoseconds.sum() / 1e9));
        text.append("me_match_duration_seconds_count{shard=\"%s\"} %d\n".formatted(shard, count));
        text.append("# TYPE me_matches_total counter\n");
        text.append("me_matches_total{shard=\"%s\"} %d\n".formatted(shard, matches.sum()));
        text.append("# TYPE me_orders_received_total counter\n");
        line(text, "me_orders_received_total", shard, "side", "buy", buys.sum());
        line(text, "me_orders_received_total", shard, "side", "sell", sells.sum());
        text.append("# TYPE me_orderbook_depth gauge\n");
        line(text, "me_orderbook_depth", shard, "side", "bid", bids);
        line(text, "me_orderbook_depth", shard, "side", "ask", asks);
        return text.toString();
    }

    private static void line(StringBuilder text, String name, String shard, String label, Object value, long figure) {
        text.append("%s{shard=\"%s\",%s=\"%s\"} %d\n".formatted(name, shard, label, value, figure));
    }
}
