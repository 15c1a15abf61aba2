// Slide 19: a goroutine for each egg, and a wait group.
package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"sync"
	"time"
)

func fryEgg(name string) string {
	reply, err := http.Get(os.Args[1] + "/" + name)
	if err != nil {
		return err.Error()
	}
	defer reply.Body.Close()
	egg, err := io.ReadAll(reply.Body)
	if err != nil {
		return err.Error()
	}
	return string(egg)
}

func main() {
	began := time.Now()
	var eggs sync.WaitGroup
	for _, name := range []string{"A", "B", "C", "D"} {
		name := name
		eggs.Add(1)
		go func() {
			defer eggs.Done()
			fmt.Println(fryEgg(name))
		}()
	}
	eggs.Wait()
	fmt.Println("took", time.Since(began).Milliseconds(), "ms")
}
