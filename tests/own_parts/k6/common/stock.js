// Orders as this flow's author writes them: no code is shared with loadtests/.

function pick(list) {
  return list[Math.floor(Math.random() * list.length)];
}

function upTo(n) {
  return 1 + Math.floor(Math.random() * n);
}

// One body with everything that is to rest: 40,000 orders make about 5 MB.
export function wall(symbols, count) {
  const orders = new Array(count);
  for (let i = 0; i < count; i++) {
    orders[i] = {
      orderId: `wall-${Date.now()}-${i}`,
      symbol: symbols[i % symbols.length],
      side: 'SELL',
      type: 'LIMIT',
      price: 15000 + (i % 50),
      quantity: 100 + upTo(99),
      timestamp: Date.now(),
    };
  }
  return JSON.stringify({ orders });
}

export function bid(symbols) {
  const lifts = Math.random() < 0.6;
  return JSON.stringify({
    orderId: `bid-${__VU}-${__ITER}-${Date.now()}`,
    symbol: pick(symbols),
    side: 'BUY',
    type: 'LIMIT',
    price: lifts ? 15000 + upTo(99) : 14800 - upTo(99),
    quantity: 10 + upTo(189),
  });
}
