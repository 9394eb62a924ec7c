// A1, warm-up: 500 orders a minute for 2 minutes; nothing is judged.
import { load } from './lib/load.js';

const a1 = load({ rate: 500, duration: 120, warmup: 0 });

export const options = a1.options;
export const setup = a1.setup;
export default a1.placeOrder;
