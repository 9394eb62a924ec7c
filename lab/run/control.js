// The control's stream: requests of an order's form at a steady rate, as an open model, to what is not under test.
import exec from 'k6/execution';
import http from 'k6/http';

const HANG_S = 5; // as long as an order may take: then there are virtual users enough for each request to hang
const perSecond = Number(__ENV.LAB_RATE);
const vus = perSecond * HANG_S + 10;
const url = `${__ENV.LAB_CONTROL}/orders`;
const body = JSON.stringify({
  orderId: 'control-00000000',
  symbol: 'CONTROL',
  side: 'BUY',
  type: 'LIMIT',
  price: 15000,
  quantity: 100,
});
const params = {
  headers: { 'Content-Type': 'application/json' },
  tags: { name: 'control' },
  timeout: `${HANG_S}s`,
};

export const options = {
  discardResponseBodies: true,
  scenarios: {
    control: {
      executor: 'constant-arrival-rate',
      rate: perSecond,
      timeUnit: '1s',
      duration: `${__ENV.LAB_DURATION_S}s`,
      preAllocatedVUs: vus,
      maxVUs: vus,
      gracefulStop: `${HANG_S + 1}s`,
    },
  },
};

export default function askControl() {
  const due = exec.scenario.startTime + (exec.scenario.iterationInTest * 1000) / perSecond;
  exec.vu.metrics.metadata.due = String(due); // epoch ms; metadata makes no series
  http.post(url, body, params);
}
