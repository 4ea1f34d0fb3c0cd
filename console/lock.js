// Takes out of package-lock.json where authors ask for money: a lock holds names, versions and hashes, no addresses.
import { readFileSync, writeFileSync } from 'node:fs';

const place = new URL('package-lock.json', import.meta.url);
const lock = JSON.parse(readFileSync(place, 'utf-8'));
for (const one of Object.values(lock.packages)) delete one.funding;
writeFileSync(place, `${JSON.stringify(lock, null, 2)}\n`);
