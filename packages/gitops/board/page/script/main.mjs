// The page works without this script, which adds updates, search and keyboard control.
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
