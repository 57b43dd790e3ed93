import { bundle } from "./gitops/bundle";
const t = performance.now();
const s = bundle();
console.log(s.length, performance.now() - t);
