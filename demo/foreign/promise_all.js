// Slide 23: four promises; the eggs come in the order asked for.
const server = process.argv[2];

async function fryEgg(name) {
  const response = await fetch(`${server}/${name}`);
  if (!response.ok) throw new Error(`${name}: ${response.status}`);
  return await response.text();
}

async function main() {
  const began = performance.now();
  const eggs = await Promise.all(['A', 'B', 'C', 'D'].map(fryEgg));
  for (const egg of eggs) console.log(egg);
  console.log(`took ${Math.round(performance.now() - began)} ms`);
}

main();
