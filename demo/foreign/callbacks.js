// Slide 17: who calls back first is printed first.
const http = require('node:http');

const server = process.argv[2];
const began = performance.now();
let left = 4;

function done() {
  left -= 1;
  if (left === 0) {
    console.log(`took ${Math.round(performance.now() - began)} ms`);
  }
}

function fryEgg(name) {
  const request = http.get(`${server}/${name}`, (response) => {
    const pieces = [];
    response.on('data', (piece) => pieces.push(piece));
    response.on('end', () => {
      console.log(Buffer.concat(pieces).toString());
      done();
    });
  });
  request.on('error', (error) => {
    console.log(`${name}: ${error.message}`);
    done();
  });
}

['A', 'B', 'C', 'D'].forEach(fryEgg);
