// Command pulumi-language-nodejs runs a Pulumi program in TypeScript for the Pulumi CLI. Pulumi publishes its own
// language host as a binary only. This one does what `pulumi preview` and `pulumi up` of an installed program need.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/emptypb"
)

type host struct {
	pulumirpc.UnimplementedLanguageRuntimeServer
	engine string
}

func main() {
	// The engine passes flags for tracing and, as the last argument, its own address.
	server := &host{engine: os.Args[len(os.Args)-1]}
	handle, err := rpcutil.ServeWithOptions(rpcutil.ServeOptions{
		Init: func(s *grpc.Server) error {
			pulumirpc.RegisterLanguageRuntimeServer(s, server)
			return nil
		},
	})
	if err != nil {
		fail(err)
	}
	// The engine reads the port from the first line.
	fmt.Println(handle.Port)
	if err := <-handle.Done; err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintf(os.Stderr, "pulumi-language-nodejs: %v\n", err)
	os.Exit(1)
}

// GetRequiredPackages names none: the engine loads a provider when the program registers its first resource.
func (*host) GetRequiredPackages(
	context.Context, *pulumirpc.GetRequiredPackagesRequest,
) (*pulumirpc.GetRequiredPackagesResponse, error) {
	return &pulumirpc.GetRequiredPackagesResponse{}, nil
}

func (*host) GetPluginInfo(context.Context, *emptypb.Empty) (*pulumirpc.PluginInfo, error) {
	return &pulumirpc.PluginInfo{}, nil
}

// Run starts the program by the SDK's own runner, and waits for its end.
func (h *host) Run(ctx context.Context, request *pulumirpc.RunRequest) (*pulumirpc.RunResponse, error) {
	config, err := json.Marshal(request.GetConfig())
	if err != nil {
		return nil, err
	}
	secretKeys, err := json.Marshal(request.GetConfigSecretKeys())
	if err != nil {
		return nil, err
	}
	root := request.GetInfo().GetRootDirectory()
	args := []string{
		filepath.Join(root, "node_modules/@pulumi/pulumi/cmd/run"),
		"--monitor=" + request.GetMonitorAddress(),
		"--engine=" + h.engine,
		"--organization=" + request.GetOrganization(),
		"--project=" + request.GetProject(),
		"--stack=" + request.GetStack(),
		"--pwd=" + request.GetInfo().GetProgramDirectory(),
		"--root-directory=" + root,
		fmt.Sprintf("--parallel=%d", request.GetParallel()),
	}
	if request.GetDryRun() {
		args = append(args, "--dry-run")
	}
	command := exec.CommandContext(ctx, "node", append(args, request.GetInfo().GetEntryPoint())...)
	command.Dir = root
	command.Stdout, command.Stderr = os.Stdout, os.Stderr
	command.Env = append(os.Environ(),
		"PULUMI_CONFIG="+string(config),
		"PULUMI_CONFIG_SECRET_KEYS="+string(secretKeys),
		"PULUMI_NODEJS_TYPESCRIPT=true",
	)
	if err := command.Run(); err != nil {
		return &pulumirpc.RunResponse{Error: fmt.Sprintf("the program failed: %v", err)}, nil
	}
	return &pulumirpc.RunResponse{}, nil
}
