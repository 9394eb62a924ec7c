// B4, hot symbol: 5,040 orders a minute for 5 minutes, 80 % of them for one symbol; the others share the rest.
import { load } from './lib/load.js';

const hot = 'TEST-ASSET-A:0.8';
const b4 = load({ via: 'gateway', rate: 5040, duration: 300, warmup: 30, hot, p99: 200, errorRate: 0.01 });

export const options = b4.options;
export const setup = b4.setup;
export default b4.placeOrder;
