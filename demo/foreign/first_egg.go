// Slide 34: the first egg out of the channel, or a timeout. The other three
// goroutines stay blocked in their sends until the process ends.
package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
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
	eggs := make(chan string)
	for _, name := range []string{"A", "B", "C", "D"} {
		name := name
		go func() {
			eggs <- fryEgg(name)
		}()
	}
	select {
	case egg := <-eggs:
		fmt.Println(egg)
	case <-time.After(30 * time.Second):
		fmt.Println("timed out")
	}
	fmt.Println("took", time.Since(began).Milliseconds(), "ms")
}
