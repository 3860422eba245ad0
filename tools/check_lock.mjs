// Checks a package-lock.json: no entry names where it was downloaded from, and every optional dependency that an entry
// names has an entry itself (npm 11's `npm ci` refuses a lock that lacks one, npm 9 does not tell).
// usage: node check_lock.mjs FILE   exit 1 on a complaint
import { readFileSync } from "node:fs";

const packages = JSON.parse(readFileSync(process.argv[2], "utf8")).packages;
const names = Object.keys(packages);
const complaints = [];
for (const [name, entry] of Object.entries(packages)) {
  if (entry.resolved) complaints.push(`${name}: has a download address`);
  for (const wanted of Object.keys(entry.optionalDependencies ?? {})) {
    if (!names.some((other) => other.endsWith(`node_modules/${wanted}`))) {
      complaints.push(`${name}: optional dependency ${wanted} has no entry`);
    }
  }
}
for (const complaint of complaints) console.log(complaint);
process.exit(complaints.length > 0 ? 1 : 0);
