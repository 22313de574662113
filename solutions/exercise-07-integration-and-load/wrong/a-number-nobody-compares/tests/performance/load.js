// A campaign: 20 people ask about customers for a minute.
import http from 'k6/http';
import { check } from 'k6';

export const options = {
  vus: 20,
  duration: '60s',
  thresholds: {
    http_req_duration: ['p(95)<150'],
    http_req_failed: ['rate<0.01'],
  },
};

const contracts = ['month-to-month', 'one-year', 'two-year'];

export default function () {
  const customer = {
    tenure_months: Math.floor(Math.random() * 72),
    contract: contracts[Math.floor(Math.random() * contracts.length)],
    monthly_charges: 20 + Math.floor(Math.random() * 80),
    total_charges: Math.floor(Math.random() * 5000),
    support_tickets_90d: Math.floor(Math.random() * 6),
  };
  const address = __ENV.CHURN_API || 'http://localhost:8000';
  const answer = http.post(`${address}/predict`, JSON.stringify(customer), {
    headers: { 'Content-Type': 'application/json' },
    timeout: '5s',
  });
  check(answer, { 'a probability': (r) => r.status === 200 && r.json('churn_probability') <= 1 });
}

// The numbers of this run beside those of the baseline.
export function handleSummary(data) {
  const p95 = data.metrics.http_req_duration.values['p(95)'];
  return {
    'reports/load.json': JSON.stringify({ p95_ms: p95 }, null, 2),
    stdout: `95 of 100 answers within ${p95.toFixed(1)} ms\n`,
  };
}
