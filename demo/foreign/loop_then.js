// Slide 24: a promise runs as soon as it is made, so the loop starts all four.
const server = process.argv[2];

function fryEgg(name) {
  return fetch(`${server}/${name}`).then((response) => response.text());
}

const began = performance.now();
let left = 4;
for (const name of ['A', 'B', 'C', 'D']) {
  fryEgg(name).then((egg) => {
    console.log(egg);
    left -= 1;
    if (left === 0) {
      console.log(`took ${Math.round(performance.now() - began)} ms`);
    }
  });
}
