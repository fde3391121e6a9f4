package main

import (
	"context"
	"net"
	"path/filepath"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/metadata/metadatainformer"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/restmapper"
	"k8s.io/controller-manager/pkg/informerfactory"
	"k8s.io/kubernetes/pkg/controller/deployment"
	"k8s.io/kubernetes/pkg/controller/garbagecollector"
	"k8s.io/kubernetes/pkg/controller/namespace"
	"k8s.io/kubernetes/pkg/controller/replicaset"
)

const (
	controllerWorkers = 5
	// How soon the garbage collector knows a kind that a new CRD brings.
	discoveryPeriod = time.Second
	burstReplicas   = 500
)

// Runs the upstream controllers of namespaces, garbage, Deployments and ReplicaSets against the server of this process.
func runControllers(ctx context.Context, folder, port string) {
	config := &rest.Config{
		Host:      "https://" + net.JoinHostPort("127.0.0.1", port),
		UserAgent: "kube-controller-manager",
		QPS:       -1,
		TLSClientConfig: rest.TLSClientConfig{
			CAFile:   filepath.Join(folder, caFile),
			CertFile: filepath.Join(folder, "admin.crt"),
			KeyFile:  filepath.Join(folder, "admin.key"),
		},
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		fatal(ctx, "controllers", err)
		return
	}
	metadataClient, err := metadata.NewForConfig(config)
	if err != nil {
		fatal(ctx, "controllers", err)
		return
	}
	ready := func(ctx context.Context) (bool, error) {
		return client.RESTClient().Get().AbsPath("/readyz").Do(ctx).Error() == nil, nil
	}
	if err := wait.PollUntilContextCancel(ctx, 100*time.Millisecond, true, ready); err != nil {
		return
	}
	if err := startControllers(ctx, client, metadataClient); err != nil {
		fatal(ctx, "controllers", err)
	}
}

func startControllers(ctx context.Context, client kubernetes.Interface, metadataClient metadata.Interface) error {
	typed := informers.NewSharedInformerFactory(client, 0)
	all := informerfactory.NewInformerFactory(typed, metadatainformer.NewSharedInformerFactory(metadataClient, 0))
	started := make(chan struct{})
	mapper := restmapper.NewDeferredDiscoveryRESTMapper(memory.NewMemCacheClient(client.Discovery()))

	namespaces := namespace.NewNamespaceController(ctx, client, metadataClient, client.Discovery().ServerPreferredNamespacedResources,
		typed.Core().V1().Namespaces(), 5*time.Minute, corev1.FinalizerKubernetes)
	garbage, err := garbagecollector.NewGarbageCollector(ctx, client, metadataClient, mapper, garbagecollector.DefaultIgnoredResources(), all, started)
	if err != nil {
		return err
	}
	deployments, err := deployment.NewDeploymentController(ctx, typed.Apps().V1().Deployments(), typed.Apps().V1().ReplicaSets(), typed.Core().V1().Pods(), client)
	if err != nil {
		return err
	}
	replicaSets := replicaset.NewReplicaSetController(ctx, typed.Apps().V1().ReplicaSets(), typed.Core().V1().Pods(), client, burstReplicas)

	all.Start(ctx.Done())
	close(started)
	go namespaces.Run(ctx, controllerWorkers)
	go garbage.Run(ctx, controllerWorkers, discoveryPeriod)
	go garbage.Sync(ctx, client.Discovery(), discoveryPeriod)
	go deployments.Run(ctx, controllerWorkers)
	go replicaSets.Run(ctx, controllerWorkers)
	return nil
}
