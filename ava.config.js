// Tests are compiled with the sources (`npm run build`) and run from dist/: no loader, real source maps.
export default {
  files: ['dist/test/**/*.test.js', 'dist/unit/*.test.js'],
  workerThreads: false,
  concurrency: 3,
  timeout: '4m',
  nodeArguments: ['--enable-source-maps'],
};
