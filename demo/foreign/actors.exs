# Slide 21: an actor for each egg, who sends it to whoever asked.
[server] = System.argv()
{:ok, _} = Application.ensure_all_started(:inets)
# Else its client would ask for two eggs at a time over one connection.
:httpc.set_options(max_sessions: 0, max_keep_alive_length: 0)

fry_egg = fn name, customer ->
  url = String.to_charlist("#{server}/#{name}")
  {:ok, {{_, 200, _}, _, egg}} = :httpc.request(:get, {url, []}, [], [])
  send(customer, {:egg, egg})
end

customer = self()
began = System.monotonic_time(:millisecond)

for name <- ["A", "B", "C", "D"] do
  spawn(fn -> fry_egg.(name, customer) end)
end

for _ <- 1..4 do
  receive do
    {:egg, egg} -> IO.puts(egg)
  end
end

IO.puts("took #{System.monotonic_time(:millisecond) - began} ms")
