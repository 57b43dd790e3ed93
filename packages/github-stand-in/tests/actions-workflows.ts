import { checkoutStep, job } from "./actions-support";

const token = `actions/create-github-app-token@${"6".repeat(40)}`;

/** The workflows of these tests, by the names of their files. */
export const WORKFLOWS = {
  hello: `name: Hello
run-name: Hello \${{ inputs.who }}
on:
  workflow_dispatch:
    inputs:
      who: { type: choice, options: [world, moon], required: true }
      loud: { type: boolean }
permissions: {}
jobs:
  first:
    outputs: { said: "\${{ steps.say.outputs.said }}" }
    runs-on: ubuntu-latest
    steps:
      - id: say
        env: { WHO: "\${{ inputs.who }}" }
        run: echo "said=hello $WHO" >> "$GITHUB_OUTPUT"; echo "A=\${{ inputs.loud && 'b' || 'c' }}" >> "$GITHUB_ENV"
      - run: test "$A" = c
      - run: env | sort; echo "home $HOME in $PWD"
  second:
    needs: first
    name: Second of \${{ needs.first.outputs.said }}
${job('echo "${{ needs.first.outputs.said }} from ${{ github.triggering_actor }}"')}
  broken:
    needs: first
${job("exit 3")}
  after:
    needs: broken
${job("echo no")}
  always:
    needs: broken
    if: \${{ !cancelled() }}
${job("echo yes")}`,
  push: `name: Push
on: { push: { branches: [main, "topic/**"], paths: ["environments/**"] } }
jobs:
  push:
${job("echo pushed")}`,
  judge: `name: Judge
on:
  pull_request_target: { branches: ["env/**"] }
jobs:
  judge:
    runs-on: ubuntu-latest
    environment: release
    permissions: { contents: read }
    steps:
${checkoutStep}      - run: git status --short --branch; git log -1 --format=%H; ls .github/workflows
      - id: app
        uses: ${token}
        with:
          app-id: \${{ vars.APP_ID }}
          private-key: \${{ secrets.APP_KEY }}
          permission-checks: write
      - env: { GITHUB_TOKEN: "\${{ steps.app.outputs.token }}", HEAD: "\${{ github.event.pull_request.head.sha }}" }
        run: |
          echo "The key: \${{ secrets.APP_KEY }}"
          echo "The token: $GITHUB_TOKEN of \${{ steps.app.outputs.app-slug }}"
          node -e '
            const { GITHUB_API_URL: api, GITHUB_REPOSITORY: name, GITHUB_TOKEN: token, HEAD: head_sha } = process.env;
            const body = JSON.stringify({ name: "validate", head_sha, conclusion: "success" });
            const headers = { authorization: "Bearer " + token };
            fetch(api + "/repos/" + name + "/check-runs", { method: "POST", headers, body })
              .then((answer) => process.exit(answer.status === 201 ? 0 : 1));
          '
`,
  review: `name: Review
on: { pull_request_review: { types: [submitted] } }
permissions: {}
jobs:
  review:
    if: \${{ startsWith(github.base_ref, 'env/') }}
${job('echo "ref $GITHUB_REF"')}`,
  woken: `name: Woken
on: { workflow_run: { workflows: [Review], types: [completed] } }
jobs:
  woken:
${job('echo "by ${{ github.event.workflow_run.pull_requests[0].number }} on $GITHUB_REF"')}`,
  elsewhere: `name: Elsewhere
on: { pull_request: { branches: ["env/**"] } }
jobs:
  steal:
    environment: release
${job("echo never")}`,
  queue: `name: Queue
on: workflow_dispatch
concurrency: { group: queue }
jobs:
  wait:
${job("echo waiting; sleep 300")}`,
  slow: `name: Slow
on: workflow_dispatch
jobs:
  slow:
${job("sleep 300", "    timeout-minutes: 0.1\n    outputs: { said: never }\n")}
  then:
    needs: slow
    if: \${{ !cancelled() }}
${job('echo "slow is ${{ needs.slow.result }}${{ needs.slow.outputs.said }}"')}
  next:
    needs: slow
${job("echo no")}`,
  own: `name: Own
on: workflow_dispatch
jobs:
  write:
    permissions: { contents: write, actions: write }
    runs-on: ubuntu-latest
    env: { TOKEN: "\${{ github.token }}" }
    steps:
      - run: |
          url="$GITHUB_API_URL/repos/$GITHUB_REPOSITORY"
          post() { curl -sS -o /dev/null -w '%{http_code}' -H "Authorization: Bearer $TOKEN" -d "$2" "$url/$1"; }
          echo "branch $(post git/refs "{\\"ref\\": \\"refs/heads/topic/own\\", \\"sha\\": \\"$GITHUB_SHA\\"}")"
          echo "check $(post check-runs "{\\"name\\": \\"x\\", \\"head_sha\\": \\"$GITHUB_SHA\\"}")"
          echo "reversed $(printf %s "$TOKEN" | rev)"
          echo "dispatch $(post actions/workflows/hello.yaml/dispatches '{"ref": "main", "inputs": {"who": "moon"}}')"
`,
  refused: `name: Refused
on: workflow_dispatch
jobs:
  many:
    strategy: { matrix: { a: [1, 2] } }
    runs-on: ubuntu-latest
    steps: [{ uses: actions/checkout@v4 }]
`,
};
