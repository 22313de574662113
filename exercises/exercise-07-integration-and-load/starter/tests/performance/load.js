// We look at the numbers before each campaign.
import http from 'k6/http';

export const options = { vus: 20, duration: '30s' };

export default function () {
  http.get('http://localhost:8000/healthz');
}
