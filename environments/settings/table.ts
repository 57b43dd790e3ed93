import type { z } from "zod";
import { accessArea } from "./access";
import { argocdArea, addressArea } from "./argocd";
import { argocdTuningArea } from "./argocd-tuning";
import { deliveryArea } from "./delivery";
import { guardArea } from "./guard";
import { monitoringArea } from "./monitoring";
import { notificationsArea } from "./notifications";
import { ownersArea } from "./owners";
import { receiversArea } from "./receivers";
import { readCredentialArea } from "./read-credential";
import { repositoryArea } from "./repository";
import { seedArea } from "./seed";
import { topLevelKey } from "./requirements";
import type { ConfigurationOf, Setting, SettingTable } from "./setting";
import { stackArea } from "./stack";
import { fixedMap } from "./values";
import { webhooksArea } from "./webhooks";
import { workflowAppsArea } from "./workflow-apps";

/** Every area of settings by its title, in the order of the reference. */
export const areas = {
  "The stack": stackArea,
  Delivery: deliveryArea,
  "The guard": guardArea,
  "Argo CD": argocdArea,
  "Argo CD's address": addressArea,
  "Access to Argo CD": accessArea,
  "Tuning Argo CD": argocdTuningArea,
  "Monitoring Argo CD": monitoringArea,
  Notifications: notificationsArea,
  "Receivers of notifications": receiversArea,
  "The repository": repositoryArea,
  "The first services": seedArea,
  "Argo CD's access to the repository": readCredentialArea,
  "Code owners": ownersArea,
  "The repository's workflows": workflowAppsArea,
  "The repository's webhooks": webhooksArea,
};

/** Every setting. */
export const settingTable: SettingTable = Object.fromEntries(Object.values(areas).flatMap(Object.entries<Setting>));

/** A stack's configuration before defaults. A key is absent if it is not set, or if its value is invalid. */
export type Configuration = ConfigurationOf<Intersection<(typeof areas)[keyof typeof areas]>>;

/** One type with the members of all types in a union. */
type Intersection<Union> = (Union extends unknown ? (each: Union) => void : never) extends (
  all: infer All extends SettingTable,
) => void
  ? All
  : never;

/** The schema of each key in the namespace `gitops-platform`: a setting's own, or that of a map of settings. */
export const schemas: Readonly<Record<string, z.ZodType>> = schemasByKey();

/** The keys in the namespace `gitops-platform` that hold secrets. Messages never contain their values. */
export const secretKeys: readonly string[] = Object.keys(settingTable).filter((key) => settingTable[key]?.secret);

function schemasByKey(): Record<string, z.ZodType> {
  const byKey = Object.groupBy(Object.entries(settingTable), ([path]) => topLevelKey(path));
  const schemas = Object.entries(byKey).map(([key, settings = []]): [string, z.ZodType] => {
    const own = settingTable[key];
    if (own) return [key, own.schema];
    const shape = settings.map(([path, { schema, required }]): [string, z.ZodType] => [
      path.slice(key.length + 1),
      required?.by === "every stack" ? schema : schema.optional(),
    ]);
    return [key, fixedMap(Object.fromEntries(shape))];
  });
  return Object.fromEntries(schemas);
}
