// A2, normal load: 1,020 orders a minute for 5 minutes; p99 and errors are judged after the first 30 s.
import { load } from './lib/load.js';

const a2 = load({ rate: 1020, duration: 300, warmup: 30, p99: 200, errorRate: 0.01 });

export const options = a2.options;
export const setup = a2.setup;
export default a2.placeOrder;
