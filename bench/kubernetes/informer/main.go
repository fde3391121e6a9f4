// Follows the ConfigMaps of a cluster by client-go's shared informer, keeps them all, and compares each with the one before, as a
// controller that says what changed would. Argument: a kubeconfig. Prints a line when its store is complete; on each line that comes in,
// answers how many updates it has seen that changed data.
package main

import (
	"bufio"
	"fmt"
	"os"
	"reflect"
	"sync/atomic"

	core "k8s.io/api/core/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
)

func main() {
	if err := follow(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func follow(kubeconfig string) error {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return err
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	var changes atomic.Int64
	factory := informers.NewSharedInformerFactory(client, 0)
	informer := factory.Core().V1().ConfigMaps().Informer()
	handler := cache.ResourceEventHandlerFuncs{UpdateFunc: func(before, after any) {
		if !reflect.DeepEqual(before.(*core.ConfigMap).Data, after.(*core.ConfigMap).Data) {
			changes.Add(1)
		}
	}}
	if _, err := informer.AddEventHandler(handler); err != nil {
		return err
	}
	stop := make(chan struct{})
	factory.Start(stop)
	cache.WaitForCacheSync(stop, informer.HasSynced)
	fmt.Println("complete")
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		fmt.Println(changes.Load())
	}
	return lines.Err()
}
