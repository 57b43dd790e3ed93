// The page's script: what the server drew works without it, and this keeps it up to date and easy to search.
import { keepAges } from "./ages.mjs";
import { startFilters } from "./filters.mjs";
import { follow } from "./follow.mjs";
import { startKeys } from "./keys.mjs";
import { startOpeners } from "./openers.mjs";

const refilter = startFilters();
const reopen = startOpeners();
startKeys();
keepAges();
follow((changed) => {
  refilter();
  reopen(changed);
});
