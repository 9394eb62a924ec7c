import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.Map;
import java.util.TreeMap;

/** What rests of one symbol, best price first on each side. */
final class Book {
    private final TreeMap<Long, Deque<Order>> bids = new TreeMap<>(Comparator.reverseOrder());
    private final TreeMap<Long, Deque<Order>> asks = new TreeMap<>();
    private long restingBids;
    private long restingAsks;

    void rest(Order order) {
        side(order.buys()).computeIfAbsent(order.price(), price -> new ArrayDeque<>()).add(order);
        count(order.buys(), 1);
    }

    /** Fills of an order; what finds no counterpart is dropped, never rests. */
    int match(Order taker) {
        TreeMap<Long, Deque<Order>> makers = side(!taker.buys());
        long wanted = taker.quantity();
        int fills = 0;
        while (wanted > 0 && !makers.isEmpty() && crosses(taker, makers.firstKey())) {
            Map.Entry<Long, Deque<Order>> best = makers.firstEntry();
            Order maker = best.getValue().poll();
            long taken = Math.min(wanted, maker.quantity());
            wanted -= taken;
            fills++;
            if (taken < maker.quantity()) {
                best.getValue().addFirst(maker.less(taken));
            } else {
                count(maker.buys(), -1);
            }
            if (best.getValue().isEmpty()) {
                makers.pollFirstEntry();
            }
        }
        return fills;
    }

    long depth(boolean bids) {
        return bids ? restingBids : restingAsks;
    }

    private boolean crosses(Order taker, long price) {
        return taker.buys() ? price <= taker.price() : price >= taker.price();
    }

    private TreeMap<Long, Deque<Order>> side(boolean bids) {
        return bids ? this.bids : asks;
    }

    private void count(boolean bids, int change) {
        if (bids) {
            restingBids += change;
        } else {
            restingAsks += change;
        }
    }
}
