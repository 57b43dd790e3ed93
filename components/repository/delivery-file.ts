import {
  DELIVERY_POLICY_PATH,
  DELIVERY_README,
  deliveryFolder,
  declarationPath,
} from "@gitops-platform/contract/catalogue";
import type { DeliveringEnvironment } from "../delivery/target";
import type { CataloguePolicy } from "../delivery/objects";
import type { ContentFile } from "./content";

/**
 * The file from which `gitops` reads how each environment delivers services. It is in `.github/` on `main`, which the
 * platform team owns.
 */
export function deliveryFile({ repositoryUrl, environments }: CataloguePolicy): ContentFile {
  const text = [
    "# How the services of the catalogue are delivered, from the platform's files environments/<name>.ts " +
      "and the setting",
    "# repository.url. Change it there; gitops platform writes this file, and delivery/ from it.",
    `repositoryUrl: ${JSON.stringify(repositoryUrl)}`,
    "environments:",
    ...environments.flatMap(environmentLines),
  ];
  return { path: DELIVERY_POLICY_PATH, text: `${text.join("\n")}\n` };
}

function environmentLines(environment: DeliveringEnvironment): string[] {
  const { name, delivery, prune, cascade, retain, podSecurity, quota, operators } = environment;
  return [
    `  ${name}:`,
    `    delivery: ${flow(delivery)}`,
    `    prune: ${prune}`,
    `    cascade: ${cascade}`,
    `    retain: ${retain}`,
    `    podSecurity: ${podSecurity}`,
    `    quota: ${flow(quota)}`,
    `    operators: [${operators.map((operator) => JSON.stringify(operator)).join(", ")}]`,
  ];
}

function flow(texts: object): string {
  const entries = Object.entries(texts).map(([key, text]) => `${key}: ${JSON.stringify(text)}`);
  return `{ ${entries.join(", ")} }`;
}

/** The file that keeps an environment's folder below `delivery/` in Git: Argo CD does not accept a missing one. */
export function deliveryReadme(environment: string): ContentFile {
  const text = [
    `# What delivers the services in ${environment}`,
    "",
    `\`gitops service render\` writes the files in this folder from \`${declarationPath("<service>")}\`; nothing else`,
    `changes them. The Application \`catalogue\` of ${environment} applies them.`,
  ];
  return { path: `${deliveryFolder(environment)}/${DELIVERY_README}`, text: `${text.join("\n")}\n` };
}
