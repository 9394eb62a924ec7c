// A3, depth: 1,020 orders a minute for 3 minutes on a clean book of 1,000 SELL orders a symbol over 100 price levels;
// the lab also runs it with 100 orders over 10 levels and 10,000 over 500. The load takes SELL orders and puts as many back.
import { load } from './lib/load.js';

const a3 = load({ rate: 1020, duration: 180, warmup: 15, book: '1000:100:sized', p99: 200, errorRate: 0.01 });

export const options = a3.options;
export const setup = a3.setup;
export default a3.placeOrder;
