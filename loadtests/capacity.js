// One try of the search for a topology's capacity: a constant rate, up to thousands of orders a second.
import { load } from './lib/load.js';

// For 1 s of the rate, at about 0.5 MB a VU. If k6 then drops iterations, answers take 1 s on average (0.5 s at 4,000 a
// second) or k6 itself lacks CPU, which its own CPU share tells apart; so the rate does not hold: there is no need to wait.
const oneSecond = (perSecond) => Math.min(Math.max(Math.ceil(perSecond), 50), 2000);
const capacity = load({ rate: 1020, duration: 20, warmup: 5, p99: 200, errorRate: 0.01 }, oneSecond);

export const options = capacity.options;
export const setup = capacity.setup;
export default capacity.placeOrder;
