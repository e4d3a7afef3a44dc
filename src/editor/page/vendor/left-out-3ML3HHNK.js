import{a as t}from"./chunk-6ATBPRIA.js";var n=t((d,o)=>{o.exports=new Proxy({},{get:(r,e)=>e==="then"||e==="__esModule"?void 0:()=>{throw new Error("left out of this bundle")}})});export default n();
