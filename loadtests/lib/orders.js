// The order mix (docs/load.md). Money is in cents.

export const AGGRESSIVE_SHARE = 0.6; // BUY orders that meet a resting SELL; the others rest below the market
export const BASE_PRICE = 15000;
const PASSIVE_PRICE = 14800;
const PRICE_SPREAD = 100;
const QUANTITY = { least: 10, most: 199 };

export const MEAN_QUANTITY = (QUANTITY.least + QUANTITY.most) / 2;

export function buy(orderId, symbol) {
  const offset = below(PRICE_SPREAD);
  const aggressive = Math.random() < AGGRESSIVE_SHARE;
  return {
    orderId,
    symbol,
    side: 'BUY',
    type: 'LIMIT',
    price: aggressive ? BASE_PRICE + offset : PASSIVE_PRICE - offset,
    quantity: drawnQuantity(),
    timestamp: Date.now(),
  };
}

export function sell(orderId, symbol, level, quantity = drawnQuantity()) {
  return {
    orderId,
    symbol,
    side: 'SELL',
    type: 'LIMIT',
    price: BASE_PRICE + level,
    quantity,
    timestamp: Date.now(),
  };
}

// Makers and takers draw alike, so that an aggressive order makes about two fills.
function drawnQuantity() {
  return QUANTITY.least + below(QUANTITY.most - QUANTITY.least + 1);
}

export function below(limit) {
  return Math.floor(Math.random() * limit);
}
