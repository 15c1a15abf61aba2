// Slide 25: an await in the loop, so each egg waits for the one before.
const server = process.argv[2];

async function fryEgg(name) {
  const response = await fetch(`${server}/${name}`);
  return await response.text();
}

async function main() {
  const began = performance.now();
  for (const name of ['A', 'B', 'C', 'D']) {
    console.log(await fryEgg(name));
  }
  console.log(`took ${Math.round(performance.now() - began)} ms`);
}

main();
