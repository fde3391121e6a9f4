package main

import (
	"fmt"
	"net"
	"net/url"
	"time"

	"go.etcd.io/etcd/server/v3/embed"
)

const etcdStartTimeout = 30 * time.Second

// Starts an etcd of one member on a free port of loopback and answers its URL. It doesn't sync to the disk: a process that is killed
// loses nothing by that, only a machine that loses its power does.
func startEtcd(folder string) (string, error) {
	loopback := url.URL{Scheme: "http", Host: "127.0.0.1:0"}
	clients, err := freeAddress()
	if err != nil {
		return "", fmt.Errorf("etcd: %w", err)
	}
	config := embed.NewConfig()
	config.Dir = folder
	config.UnsafeNoFsync = true
	config.LogLevel = "error"
	config.LogOutputs = []string{"stderr"}
	config.ListenPeerUrls = []url.URL{loopback}
	config.AdvertisePeerUrls = []url.URL{loopback}
	config.ListenClientUrls = []url.URL{clients}
	config.AdvertiseClientUrls = []url.URL{clients}
	config.InitialCluster = config.InitialClusterFromName(config.Name)
	etcd, err := embed.StartEtcd(config)
	if err != nil {
		return "", fmt.Errorf("etcd: %w", err)
	}
	select {
	case <-etcd.Server.ReadyNotify():
	case err := <-etcd.Err():
		return "", fmt.Errorf("etcd: %w", err)
	case <-time.After(etcdStartTimeout):
		return "", fmt.Errorf("etcd: not ready after %s", etcdStartTimeout)
	}
	return clients.String(), nil
}

// etcd's HTTP API dials the address of the configuration, so it can't be port 0.
func freeAddress() (url.URL, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return url.URL{}, err
	}
	defer listener.Close()
	return url.URL{Scheme: "http", Host: listener.Addr().String()}, nil
}
