// Ends when an address answers, 15 s later at most: a new pod's traffic is let through a moment after its start.
import http from 'k6/http';
import { sleep } from 'k6';

export const options = { vus: 1, iterations: 1 };

export default function () {
  const end = Date.now() + 15000;
  while (http.get(__ENV.LAB_URL, { timeout: '1s' }).status !== 200 && Date.now() < end) {
    sleep(0.1);
  }
}
