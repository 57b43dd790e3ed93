import assert from "node:assert/strict";
import { changingIn } from "../../chart/repeatable";

describe("what changes in a template", () => {
  const refused: [text: string, word: string][] = [
    ["{{ now }}", "now"],
    ["{{- (now | unixEpoch) -}}", "now"],
    ['{{ "}}" | print now }}', "now"],
    ["{{ `}}` | print now }}", "now"],
    ['{{ "\\"}}" | print now }}', "now"],
    ["{{/* }} */}}{{ now }}", "now"],
    ["{{- /* it's */ -}}{{ now }}", "now"],
    ['{{ tpl "{{ now }}" . }}', "now"],
    ["{{ $x := randAlphaNum 8 }}", "randAlphaNum"],
    ['{{ if lookup "v1" "Secret" .Release.Namespace "a" }}', "lookup"],
    ['{{ date "2006" "x" }}', "date"],
    ['{{ genCA "a" 1 }}', "genCA"],
    ['{{ genSelfSignedCertWithKey "a" }}', "genSelfSignedCertWithKey"],
    ['{{ htpasswd "a" "b" }}', "htpasswd"],
    ["{{ uuidv4 }}", "uuidv4"],
    ['{{ getHostByName "a" }}', "getHostByName"],
    ["{{ .Capabilities.HelmVersion.Version }}", "HelmVersion"],
    ['{{ (index .Capabilities "HelmVersion").Version }}', "HelmVersion"],
    ["{{ now", "now"],
  ];
  for (const [text, word] of refused) {
    it(`is ${word} in ${text}`, () => {
      assert.deepEqual(changingIn(text), [word]);
    });
  }

  const accepted = [
    "now",
    "{{/* now */}}",
    "{{ .Values.now }}",
    "{{ $now }}",
    '{{ include "shop.date" . }}',
    "{{ .Capabilities.KubeVersion.Version }}",
    "{{ .Values.known | sha256sum }} }} now {{ .Values.renown }}",
  ];
  for (const text of accepted) {
    it(`is nothing in ${text}`, () => {
      assert.deepEqual(changingIn(text), []);
    });
  }
});
